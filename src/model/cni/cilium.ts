export interface CiliumSpec {
  readonly name: "cilium";
  readonly version: string;
}
