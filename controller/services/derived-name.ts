import { dns1035LabelFault } from '../../apis/meta/names.ts';

/**
 * Before the exported Service's name stands the name of the Service that carries its traffic in an importing cluster: one rewrite rule of a
 * stock CoreDNS then makes `NAME.NAMESPACE.svc.clusterset.local` resolve. No part of it may be hashed or counted.
 */
export const DERIVED_PREFIX = 'mcs-';

/** Of a Service, a DNS label. */
const LONGEST_NAME = 63;

/** The Service that carries an exported one's traffic in an importing cluster, in the same namespace. */
export function derivedServiceName(service: string): string {
  return `${DERIVED_PREFIX}${service}`;
}

/** Why a Service of this name cannot be exported, or nothing. */
export function exportNameFault(service: string): string | undefined {
  if (derivedServiceName(service).length <= LONGEST_NAME) return dns1035LabelFault(derivedServiceName(service));
  const longest = LONGEST_NAME - DERIVED_PREFIX.length;
  return `is longer than ${longest} characters: the Service that is made for it in other clusters is called ${DERIVED_PREFIX}NAME`;
}

export interface ClustersetDomains {
  /** Default: `clusterset.local`. */
  readonly clusterset?: string;
  /** Of the cluster in which the name is looked up. Default: `cluster.local`. */
  readonly cluster?: string;
}

/** One rewrite of names, and of the names in its answers back, as CoreDNS's `rewrite` plugin takes them. */
export interface NameRewrite {
  /** Regular expression of the names that are asked for. */
  readonly question: string;
  /** What is looked up instead; `{1}` is what the first group matched. */
  readonly lookUp: string;
  /** Regular expression of the names in answers. */
  readonly answer: string;
  readonly answerAs: string;
}

/**
 * What makes `NAME.NAMESPACE.svc.clusterset.local` mean the derived Service. Names of single Pods of headless Services
 * (`HOSTNAME.CLUSTER.NAME.…`) need CoreDNS's `multicluster` plugin: a stock CoreDNS cannot tell clusters apart.
 */
export function clustersetRewrite(domains: ClustersetDomains = {}): NameRewrite {
  const { clusterset = 'clusterset.local', cluster = 'cluster.local' } = domains;
  const label = '([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)';
  return {
    question: `^${label}\\.${label}\\.svc\\.${escaped(clusterset)}\\.$`,
    lookUp: `${DERIVED_PREFIX}{1}.{2}.svc.${cluster}`,
    answer: `^${escaped(DERIVED_PREFIX)}${label}\\.${label}\\.svc\\.${escaped(cluster)}\\.$`,
    answerAs: `{1}.{2}.svc.${clusterset}`,
  };
}

/** The same as a block for a Corefile, inside the server block of the cluster's own domain. */
export function corefileRewrite(domains: ClustersetDomains = {}): string {
  const { question, lookUp, answer, answerAs } = clustersetRewrite(domains);
  return `rewrite stop {\n    name regex ${question} ${lookUp}.\n    answer name ${answer} ${answerAs}.\n}\n`;
}

function escaped(domain: string): string {
  return domain.replace(/[.]/g, '\\.');
}
