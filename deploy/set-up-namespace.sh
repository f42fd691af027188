#!/bin/sh
# The namespace, how long it remembers closed runs, and the search attributes. Safe to repeat, also
# against any other Temporal: of this deployment only TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE are read.
set -eu
: "${TEMPORAL_NAMESPACE:?is not set}"

# `temporal operator namespace` takes the name as an option and ignores the variable.
namespace() { action=$1 && shift && temporal operator namespace "$action" -n "$TEMPORAL_NAMESPACE" "$@"; }

# Up to a minute: the port opens before the server can answer, and a fresh namespace takes some seconds
# to be known everywhere in it.
until_it_works() {
  for _ in 1 2 3 4 5 6 7 8 9 10 11; do
    "$@" && return
    sleep 5
  done
  "$@"
}

until_it_works temporal operator cluster health

# 30 days: as long as `describe` and `result` know of a closed attempt.
if namespace describe >/dev/null 2>&1; then
  namespace update --retention 720h
else
  namespace create --retention 720h
fi

until_it_works temporal operator search-attribute create \
  --name MooringUserId --type Keyword \
  --name MooringAuthConfigId --type Keyword \
  --name MooringAccountId --type Keyword \
  --name MooringPhase --type Keyword \
  --name MooringOutcome --type Keyword \
  --name MooringEntered --type Datetime
