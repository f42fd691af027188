#!/bin/sh
# Brings both of Temporal's databases to the schema of this image. Safe to repeat: what is there stays,
# and only missing versions are applied. Runs before every start of the server, so also on an upgrade.
set -eu
SQL_PASSWORD="$(cat /run/secrets/postgres_password)"
export SQL_PASSWORD

for database in temporal temporal_visibility; do
  schema=/etc/temporal/schema/postgresql/v12/${database#temporal_}/versioned
  run() { temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db "$database" "$@"; }
  run create
  run setup-schema -v 0.0
  run update-schema -d "$schema"
done
