/** A page that is read from top to bottom, and its sections. */

import type { ComponentChildren } from "preact";
import { useTexts } from "../hooks/language.tsx";
import { useRealm } from "../hooks/realm.ts";
import type { Section } from "../texts/proves.ts";
import { Frame } from "./frame.tsx";

interface ProsePageProps {
  readonly title: string;
  readonly lead: string;
  readonly children: ComponentChildren;
}

export function ProsePage({ title, lead, children }: ProsePageProps) {
  const { common } = useTexts();
  return (
    <Frame realm={useRealm()}>
      <p class="back">
        <a href="/">← {common.overview}</a>
      </p>
      <article class="prose" data-ready>
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {children}
      </article>
    </Frame>
  );
}

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
