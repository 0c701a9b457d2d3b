import type { KubeObject } from '../../apis/meta/v1.ts';
import { typeConfigFor } from '../../apis/types/v1beta1/federated-type.ts';
import { KUBEFED_TYPES } from '../../apis/types/v1beta1/known-types.ts';
import { federate, placementFor } from '../../controller/following/federated-object.ts';
import { isOwnGroup } from '../../controller/following/leave-out.ts';
import type { CliContext } from '../context.ts';
import { usageError } from '../exit.ts';
import { readObjects } from '../input.ts';
import { outputFormat, toJsonObjects, toYamlStream } from '../output/format.ts';

/** As KubeFed's `federate -f`: file in, YAML out, for `kubectl apply -f -`. Needs no server and no kubeconfig. */
export async function federateFile(
  context: CliContext,
  file: string,
  options: { namespace?: string; clusters?: string },
): Promise<void> {
  const format = outputFormat(context, ['yaml', 'json']);
  const clusters = options.clusters?.split(',').map((name) => name.trim());
  const federated = (await readObjects(context, file)).map((object) =>
    federate(inNamespace(object, options.namespace), typeOf(object), placementFor(clusters)),
  );
  context.stdout.write(format === 'json' ? toJsonObjects(federated) : toYamlStream(federated));
}

/** Only kind and group of the federated object are needed: the plural is not in it. */
function typeOf(object: KubeObject) {
  const { apiVersion = '', kind = '' } = object;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  if (isOwnGroup(group)) throw usageError(`${kind} ${object.metadata.name ?? ''} belongs to the federation already`);
  const target = { group, version: apiVersion.slice(slash + 1), kind, plural: kind.toLowerCase(), namespaced: true };
  return typeConfigFor(target).spec;
}

function inNamespace(object: KubeObject, namespace: string | undefined): KubeObject {
  if (namespace === undefined || object.metadata.namespace !== undefined || isClusterScoped(object)) return object;
  return { ...object, metadata: { ...object.metadata, namespace } };
}

/** As far as can be known without asking; `-n` is for the others. */
function isClusterScoped(object: KubeObject): boolean {
  return KUBEFED_TYPES.some(({ target }) => target.kind === object.kind && !target.namespaced);
}
