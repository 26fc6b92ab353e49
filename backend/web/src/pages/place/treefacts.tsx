/** What the city's inventory says of a tree: species, when it was planted, its picture. */

import type { Subject, TreeProperties } from "../../api/types.ts";
import { Fact } from "../../components/fact.tsx";
import { partialDate, yearsSince } from "../../format/date.ts";
import { count } from "../../format/time.ts";
import { useTexts } from "../../hooks/language.tsx";
import type { Language } from "../../texts/language.ts";
import { type TreeTexts, treeTexts } from "../../texts/tree.ts";
import { FromInventory } from "./inventory.tsx";

function speciesOf({ species, scientific }: TreeProperties, language: Language): string | undefined {
  return species[language] ?? species.en ?? scientific ?? undefined;
}

function ageOf(planted: string, texts: TreeTexts, language: Language): string | undefined {
  const years = yearsSince(planted, Date.now());
  if (years === undefined) return undefined;
  return years === 0 ? texts.youngerThanOne : texts.years(years, count(years, language));
}

/** Only the city's own pictures are shown: this page asks nobody else for anything. */
function Picture({ url, name }: { readonly url: string; readonly name: string }) {
  const { language } = useTexts();
  const texts = treeTexts[language];
  if (new URL(url, window.location.href).origin === window.location.origin) {
    return <img class="tree-picture" src={url} alt={texts.picture(name)} loading="lazy" />;
  }
  return (
    <p>
      <a href={url} rel="noreferrer">
        {texts.pictureElsewhere}
      </a>
    </p>
  );
}

function Facts({ properties, texts, language }: { readonly properties: TreeProperties; readonly texts: TreeTexts; readonly language: Language }) {
  const { planted, scientific, trunk_cm: trunk, district, address } = properties;
  const age = planted === null ? undefined : ageOf(planted, texts, language);
  return (
    <dl class="facts tree-facts">
      <Fact name={texts.species}>
        <strong data-species>{speciesOf(properties, language) ?? texts.unknown}</strong>
        {scientific !== null && (
          <i class="latin quiet" lang="la">
            {scientific}
          </i>
        )}
      </Fact>
      <Fact name={texts.planted}>
        <span data-planted={planted ?? ""}>{planted === null ? texts.unknown : partialDate(planted, language)}</span>
      </Fact>
      {age !== undefined && (
        <Fact name={texts.age}>
          <span data-age>{age}</span>
        </Fact>
      )}
      {trunk !== null && <Fact name={texts.trunk}>{`${trunk} cm`}</Fact>}
      {district !== null && <Fact name={texts.district}>{district}</Fact>}
      {address !== null && <Fact name={texts.address}>{address}</Fact>}
    </dl>
  );
}

/** Nothing where the city has imported no inventory with this tree. */
export function TreeFacts({ device }: { readonly device: Subject }) {
  const { language } = useTexts();
  const texts = treeTexts[language];
  const { properties, inventory } = device;
  if (properties?.kind !== "tree") return null;
  const name = speciesOf(properties, language) ?? device.name;
  return (
    <div class="tree-about" data-panel="tree">
      {properties.picture !== null && <Picture url={properties.picture.url} name={name} />}
      <Facts properties={properties} texts={texts} language={language} />
      <FromInventory inventory={inventory} lead={texts.fromInventory} />
    </div>
  );
}
