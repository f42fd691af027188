import { Client, type ConnectionLike, type WorkflowClientInterceptor } from '@temporalio/client';
import type { KeyRing } from '../crypto/key-ring.ts';
import { dataConverter } from './data-converter.ts';
import { queryRetryInterceptor } from './query-retry.ts';

/**
 * A client for Mooring's runs on the connection, the namespace and the interceptors of another
 * client. It always has Mooring's data converter: with any other one, histories would hold links in
 * plain text.
 */
export function createOwnClient(given: Client, encryptionKeys: KeyRing | undefined): Client {
  const { namespace, identity, interceptors } = given.options;
  return new Client({
    connection: withoutPlugins(given.connection),
    namespace,
    identity,
    dataConverter: dataConverter({ encryptionKeys }),
    interceptors: { ...interceptors, workflow: withQueryRetry(interceptors.workflow) },
  });
}

type WorkflowInterceptors = Client['options']['interceptors']['workflow'];

function withQueryRetry(given: WorkflowInterceptors) {
  const own: WorkflowClientInterceptor = queryRetryInterceptor;
  if (given === undefined || Array.isArray(given)) return [...(given ?? []), own];
  return { ...given, calls: [...(given.calls ?? []), () => own] };
}

/**
 * The plugins of a connection configure every client that is made on it. They have configured the
 * given client, so its options hold their interceptors. A second time, they would add these again,
 * and could replace the data converter.
 */
function withoutPlugins(connection: ConnectionLike): ConnectionLike {
  if (connection.plugins.length === 0) return connection;
  return new Proxy(connection, {
    get(target, key) {
      if (key === 'plugins') return [];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
