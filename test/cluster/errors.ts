/** What can go wrong before a control plane answers; `message` says what to do next. */
export type ControlPlaneErrorCode =
  /** None of the three sources works on this machine. */
  | "NoControlPlane"
  /** `TANDEM_TEST_KUBECONFIG` names something that cannot be used. */
  | "KubeconfigRefused"
  /** The Go build of the control plane failed. */
  | "BuildFailed"
  /** etcd, kube-apiserver or kube-controller-manager ended or did not become ready. */
  | "ProcessFailed"
  /** Another program took one of our ports between choosing and binding it. */
  | "PortTaken";

export class ControlPlaneError extends Error {
  override readonly name = "ControlPlaneError";
  readonly code: ControlPlaneErrorCode;

  constructor(code: ControlPlaneErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
