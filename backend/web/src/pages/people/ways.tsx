/** How people sign in here, and the districts. */

import { useEffect, useState } from "preact/hooks";
import { useTexts } from "../../hooks/language.tsx";
import { type Provider, ask } from "../../people/api.ts";
import { Form, TextField, Trouble } from "../../staff/parts.tsx";
import { useDeed } from "../../staff/useDeed.ts";
import { CITY, type District } from "../../staff/useStaff.ts";
import { peopleTexts } from "../../texts/people.ts";
import { addDistrict, fetchProviders } from "./api.ts";

function Districts({ leads }: { readonly leads: boolean }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const [districts, setDistricts] = useState<readonly District[]>([]);
  const [slug, setSlug] = useState("");
  const [name, setName] = useState("");
  const { running, trouble, run } = useDeed();
  const load = async (): Promise<void> => setDistricts((await ask<{ readonly items: readonly District[] }>("GET", "districts")).items.filter((one) => one.slug !== CITY));
  useEffect(() => run(load), []);
  const add = (): void =>
    run(async () => {
      await addDistrict(slug, name);
      setSlug("");
      setName("");
      await load();
    });
  return (
    <section class="card staff-list" data-list="districts" data-count={districts.length}>
      <h2>{texts.districts}</h2>
      {districts.length === 0 && <p class="quiet">{texts.noDistricts}</p>}
      <ul>
        {districts.map((one) => (
          <li key={one.slug} data-slug={one.slug}>
            <p class="watch-name">
              <span>{one.name}</span>
              <code>{one.slug}</code>
            </p>
          </li>
        ))}
      </ul>
      {leads && (
        <Form name="district" onSend={add}>
          <div class="fields">
            <TextField label={texts.name} name="name" value={name} onValue={setName} />
            <TextField label={texts.slug} name="slug" value={slug} hint={texts.slugHint} maxLength={32} onValue={setSlug} />
          </div>
          <Trouble text={trouble} />
          <button type="submit" disabled={running} data-action="add-district">
            {texts.addDistrict}
          </button>
        </Form>
      )}
    </section>
  );
}

export function WaysIn({ leads }: { readonly leads: boolean }) {
  const { language } = useTexts();
  const texts = peopleTexts[language];
  const [providers, setProviders] = useState<readonly Provider[]>();
  const { trouble, run } = useDeed();
  useEffect(() => run(async () => setProviders(await fetchProviders())), []);
  return (
    <div class="staff editor">
      <section class="card staff-list" data-list="providers" data-count={providers?.length}>
        <h2>{texts.providers}</h2>
        <p class="quiet">{texts.providersLead}</p>
        <Trouble text={trouble} />
        {providers?.length === 0 && <p class="quiet">{texts.noProviders}</p>}
        <ul>
          {providers?.map(({ name, label }) => (
            <li key={name} data-provider={name}>
              <p class="watch-name">
                <span>{label}</span>
                <code>{name}</code>
              </p>
            </li>
          ))}
        </ul>
      </section>
      <Districts leads={leads} />
    </div>
  );
}
