import { filesOf, type LabImage } from "./parts.ts";

/** Not Retina's image: the laboratory's stand-in, by a name that no registry has. */
export function retinaStandInImages(version: string): readonly LabImage[] {
  const component = `retina-stand-in ${version}`;
  return [
    {
      name: component,
      ref: () => `lab.invalid/retina-stand-in/agent:v${version}`,
      from: [component],
      image: (folders) => ({
        layers: [filesOf(folders, component, { "/retina/controller": "controller" })],
        config: { Entrypoint: ["/retina/controller"], WorkingDir: "/" },
      }),
    },
  ];
}
