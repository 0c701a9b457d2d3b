/** Where the kinds are kept that the controllers know by name. */
export const API_SERVICES = 'apiservices.apiregistration.k8s.io';
export const CONFIG_MAPS = 'configmaps';
export const CUSTOM_RESOURCE_DEFINITIONS = 'customresourcedefinitions.apiextensions.k8s.io';
export const IP_ADDRESSES = 'ipaddresses.networking.k8s.io';
export const NAMESPACES = 'namespaces';
export const RESOURCE_QUOTAS = 'resourcequotas';
export const SECRETS = 'secrets';
export const SERVICES = 'services';
export const SERVICE_ACCOUNTS = 'serviceaccounts';
export const SERVICE_CIDRS = 'servicecidrs.networking.k8s.io';
export const PODS = 'pods';
