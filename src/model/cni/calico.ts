export interface CalicoSpec {
  readonly name: "calico";
  readonly version: string;
}
