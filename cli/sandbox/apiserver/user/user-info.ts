/** Who makes a request, as authentication found out. Kubernetes: `user.Info`. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  /** `system:authenticated` is among them for everybody who showed a credential. */
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}
