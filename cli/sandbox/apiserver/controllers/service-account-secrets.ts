import type { DeepReadonly, KubeObject } from '../../../../apis/meta/v1.ts';
import type { StorageEvent, Stored } from '../storage/storage.ts';
import { AS_CONTROLLER_MANAGER, builtIn, type Controller, type ControllerContext, refOf } from './controller.ts';
import { SECRETS, SERVICE_ACCOUNTS } from './storage-keys.ts';
import type { Work } from './work-loop.ts';

const TYPE = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/**
 * Fills Secrets of the type `kubernetes.io/service-account-token` with a token that does not expire, the CA and the namespace, and
 * removes them with their ServiceAccount. Kubernetes: `pkg/controller/serviceaccount/tokens_controller.go`.
 */
export class ServiceAccountSecrets implements Controller {
  readonly #context: ControllerContext;
  readonly #fill: Work = { name: 'token secrets', run: (key) => this.#provide(key) };
  readonly #forget: Work = { name: 'references to token secrets', run: (key) => this.#removeReferences(key) };

  constructor(context: ControllerContext) {
    this.#context = context;
  }

  begin(): void {
    for (const secret of this.#context.storage.list(SECRETS)) this.#take(secret);
  }

  observe({ type, stored }: StorageEvent): void {
    if (stored.storageKey === SECRETS) {
      if (type !== 'DELETED') this.#take(stored);
      else if (isTokenSecret(stored)) this.#context.loop.add(this.#forget, `${stored.namespace}/${stored.name}`);
    } else if (stored.storageKey === SERVICE_ACCOUNTS && type === 'DELETED') {
      for (const secret of this.#context.storage.list(SECRETS, stored.namespace)) {
        if (annotation(secret, NAME) === stored.name) this.#take(secret);
      }
    }
  }

  #take(secret: Stored): void {
    if (isTokenSecret(secret)) this.#context.loop.add(this.#fill, `${secret.namespace}/${secret.name}`);
  }

  #provide(key: string): void {
    const { cluster, storage } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    const secret = storage.get(SECRETS, namespace, name);
    if (secret === undefined || !isTokenSecret(secret)) return;
    const accountUid = annotation(secret, UID);
    const account = storage.get(SERVICE_ACCOUNTS, namespace, annotation(secret, NAME))?.object;
    if (account === undefined || (accountUid !== '' && accountUid !== account.metadata.uid)) {
      const { uid = '' } = secret.object.metadata;
      cluster.registry.delete(builtIn(cluster, '', 'Secret'), refOf(secret), { ...AS_CONTROLLER_MANAGER, uid });
      return;
    }
    const missing = this.#missing(secret, account);
    if (Object.keys(missing).length === 0) return;
    const change = (object: KubeObject): KubeObject => ({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: {
          ...object.metadata.annotations,
          [NAME]: account.metadata.name ?? '',
          [UID]: account.metadata.uid ?? '',
        },
      },
      data: { ...(object.data as object | undefined), ...missing },
    });
    cluster.registry.update(builtIn(cluster, '', 'Secret'), refOf(secret), change, AS_CONTROLLER_MANAGER);
  }

  #missing(secret: Stored, account: DeepReadonly<KubeObject>): Record<string, string> {
    const { caPem, tokenIssuer } = this.#context.cluster;
    const data = (secret.object.data ?? {}) as Readonly<Record<string, string>>;
    const ca = base64(caPem);
    return {
      ...(data['ca.crt'] === ca ? {} : { 'ca.crt': ca }),
      ...((data.namespace ?? '') === '' ? { namespace: base64(secret.namespace) } : {}),
      ...((data.token ?? '') === '' ? { token: base64(tokenIssuer.issueLegacy(account, secret.object)) } : {}),
    };
  }

  #removeReferences(key: string): void {
    const { cluster, storage } = this.#context;
    const [namespace = '', name = ''] = key.split('/');
    if (storage.get(SECRETS, namespace, name) !== undefined) return;
    for (const account of storage.list(SERVICE_ACCOUNTS, namespace)) {
      const secrets = (account.object.secrets ?? []) as readonly { readonly name?: string }[];
      if (!secrets.some((reference) => reference.name === name)) continue;
      const left = secrets.filter((reference) => reference.name !== name);
      const change = ({ secrets: _, ...object }: KubeObject): KubeObject => ({
        ...object,
        metadata: object.metadata,
        ...(left.length === 0 ? {} : { secrets: left }),
      });
      cluster.registry.update(builtIn(cluster, '', 'ServiceAccount'), refOf(account), change, AS_CONTROLLER_MANAGER);
    }
  }
}

function isTokenSecret(secret: Stored): boolean {
  return secret.object.type === TYPE && annotation(secret, NAME) !== '';
}

function annotation(stored: Stored, name: string): string {
  return stored.object.metadata.annotations?.[name] ?? '';
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
