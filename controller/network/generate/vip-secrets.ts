import { parse, stringify } from 'yaml';
import { Fields } from './fields.ts';
import { GenerateError } from './generate-error.ts';
import { type GeneratedFile, madeBy, SECRET } from './generated-file.ts';

/** What the machines of a control plane know of each other, and nobody else. */
export interface VipSecrets {
  /** VRRP's password: 1 to 8 letters and digits; keepalived looks at no more. */
  readonly authPass: string;
  /** kubeadm's, good for 24 hours: `abcdef.0123456789abcdef`. */
  readonly bootstrapToken: string;
  /** Encrypts the certificates that `kubeadm init --upload-certs` leaves for the others: 32 bytes in hex. */
  readonly certificateKey: string;
}

export const VIP_SECRETS_PATH = 'control-plane-vip/secrets.yaml';

/** @param random so many unpredictable bytes */
export function makeVipSecrets(random: (bytes: number) => Uint8Array): VipSecrets {
  const hex = (digits: number) => Buffer.from(random(digits / 2)).toString('hex');
  return { authPass: hex(8), bootstrapToken: `${hex(6)}.${hex(16)}`, certificateKey: hex(64) };
}

/** Kept beside the other files, so that making them anew changes nothing. */
export function vipSecretsFile(secrets: VipSecrets): GeneratedFile {
  const about = 'passwords of the control plane; keep it to yourself, and here to get the same files again';
  return { path: VIP_SECRETS_PATH, mode: SECRET, text: madeBy('control-plane-vip', about) + stringify(secrets) };
}

/**
 * @param where what the text comes from, for errors
 * @throws GenerateError
 */
export function readVipSecrets(text: string, where: string): VipSecrets {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new GenerateError(
      `${where} is not YAML`,
      `mend it, or delete it to get new secrets (${String(cause).split('\n')[0]})`,
    );
  }
  const fields = new Fields(value, where, ['authPass', 'bootstrapToken', 'certificateKey']);
  const secrets = {
    authPass: fields.text('authPass'),
    bootstrapToken: fields.text('bootstrapToken'),
    certificateKey: fields.text('certificateKey'),
  };
  assertSecrets(secrets);
  return secrets;
}

/** @throws GenerateError that does not say what the secret is */
export function assertSecrets({ authPass, bootstrapToken, certificateKey }: VipSecrets): void {
  const wrong: [boolean, string, string][] = [
    [/^[A-Za-z0-9]{1,8}$/.test(authPass), 'authPass', '1 to 8 letters and digits, of which keepalived takes no more'],
    [/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(bootstrapToken), 'bootstrapToken', 'what `kubeadm token generate` prints'],
    [/^[0-9a-f]{64}$/.test(certificateKey), 'certificateKey', 'what `kubeadm certs certificate-key` prints'],
  ];
  for (const [fits, name, form] of wrong) {
    if (!fits) throw new GenerateError(`${name} has not the form that is needed`, `it is ${form}`);
  }
}
