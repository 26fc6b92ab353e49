/** What is shown, as files: the same question to the server, answered in another format. */

import { useTexts } from "../hooks/language.tsx";
import { filesTexts } from "../texts/files.ts";

/** `path`: of the API's answer. `of`: what it is, for whoever hears links one by one. */
export function Files({ path, of }: { readonly path: string; readonly of: string }) {
  const { language } = useTexts();
  const texts = filesTexts[language];
  const join = path.includes("?") ? "&" : "?";
  return (
    <p class="files" data-files={path}>
      <span class="quiet">{texts.files}</span>
      {(["csv", "parquet"] as const).map((format) => (
        <a key={format} href={`${path}${join}format=${format}`} download data-format={format}>
          {{ csv: "CSV", parquet: "Parquet" }[format]}
          <span class="unseen">: {of}</span>
        </a>
      ))}
    </p>
  );
}
