/** Sections of a page that is read from top to bottom. */

import type { Section } from "../texts/proves.ts";

interface SectionsProps {
  readonly of: readonly Section[];
  /** Ticks or dashes beside them. */
  readonly mark?: "yes" | "no";
  readonly heading?: "h2" | "h3";
}

export function Sections({ of, mark, heading: Heading = "h3" }: SectionsProps) {
  return (
    <ul class={`points points-${mark ?? "plain"}`}>
      {of.map(({ title, says }) => (
        <li key={title}>
          <Heading>{title}</Heading>
          {says.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </li>
      ))}
    </ul>
  );
}
