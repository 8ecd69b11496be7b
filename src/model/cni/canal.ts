/** flannel carries packets, Calico's Felix keeps policies. */
export interface CanalSpec {
  readonly name: "canal";
  /** Of Calico. */
  readonly version: string;
  readonly flannel: string;
}
