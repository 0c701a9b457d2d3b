import { stringify } from 'yaml';
import type { Machine, Vip, VipRequest } from './control-plane-vip.ts';
import { type GeneratedFile, madeBy, SECRET } from './generated-file.ts';

const API_VERSION = 'kubeadm.k8s.io/v1beta4';

/** Where a node that joins finds out what the cluster's certificate is: a copy of the first node's `cluster-info`, not a guess. */
const DISCOVERY_FILE = '/etc/kubernetes/discovery.conf';

export function kubeadmInit(folder: string, request: VipRequest, vip: Vip, node: Machine): GeneratedFile {
  const { secrets, clusterName, podCIDRs, serviceCIDRs } = request;
  const networking = {
    ...(podCIDRs.length > 0 ? { podSubnet: podCIDRs.join(',') } : {}),
    ...(serviceCIDRs.length > 0 ? { serviceSubnet: serviceCIDRs.join(',') } : {}),
  };
  const documents = [
    {
      apiVersion: API_VERSION,
      kind: 'InitConfiguration',
      bootstrapTokens: [
        {
          token: secrets.bootstrapToken,
          ttl: '24h0m0s',
          usages: ['signing', 'authentication'],
          groups: ['system:bootstrappers:kubeadm:default-node-token'],
        },
      ],
      certificateKey: secrets.certificateKey,
      nodeRegistration: { name: node.name },
      localAPIEndpoint: localApiEndpoint(request, node),
    },
    {
      apiVersion: API_VERSION,
      kind: 'ClusterConfiguration',
      ...(clusterName === undefined ? {} : { clusterName }),
      controlPlaneEndpoint: vip.endpoint,
      apiServer: { certSANs: [vip.address, ...request.certSANs] },
      ...(Object.keys(networking).length > 0 ? { networking } : {}),
    },
  ];
  const notes = [
    '# Kubernetes 1.31 and later. HAProxy and keepalived have to run first: kubeadm waits for the virtual address.',
    '#   kubeadm init --config kubeadm-init.yaml --upload-certs',
    `#   kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-public get configmap cluster-info -o 'jsonpath={.data.kubeconfig}' > ${DISCOVERY_FILE}`,
    '# and copy that file to the other nodes.',
  ];
  return kubeadmFile(`${folder}/kubeadm-init.yaml`, `the first node, ${node.name}`, notes, documents);
}

export function kubeadmJoin(folder: string, request: VipRequest, node: Machine): GeneratedFile {
  const { secrets } = request;
  const documents = [
    {
      apiVersion: API_VERSION,
      kind: 'JoinConfiguration',
      discovery: { file: { kubeConfigPath: DISCOVERY_FILE }, tlsBootstrapToken: secrets.bootstrapToken },
      nodeRegistration: { name: node.name },
      controlPlane: {
        localAPIEndpoint: localApiEndpoint(request, node),
        certificateKey: secrets.certificateKey,
      },
    },
  ];
  const notes = [
    `# ${DISCOVERY_FILE} comes from the first node; token and certificates are good for a day and two hours.`,
    '#   kubeadm join --config kubeadm-join.yaml',
  ];
  return kubeadmFile(`${folder}/kubeadm-join.yaml`, `control-plane node ${node.name}`, notes, documents);
}

function localApiEndpoint({ apiPort }: VipRequest, { address }: Machine): object {
  return { advertiseAddress: address, bindPort: apiPort };
}

function kubeadmFile(
  path: string,
  about: string,
  notes: readonly string[],
  documents: readonly object[],
): GeneratedFile {
  const text = documents.map((document) => stringify(document, { lineWidth: 0 })).join('---\n');
  return { path, mode: SECRET, text: `${madeBy('control-plane-vip', about)}${notes.join('\n')}\n${text}` };
}
