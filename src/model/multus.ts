/** More interfaces for pods, beside the one the CNI gives. */
export interface MultusSpec {
  readonly version: string;
}
