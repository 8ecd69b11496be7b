/** Observability of the network. */
export interface RetinaSpec {
  readonly version: string;
}
