/** Photos of a visit, as small as the city keeps them. */

import { useEffect, useState } from "preact/hooks";
import { smaller } from "../../crew/photo.ts";
import { useTexts } from "../../hooks/language.tsx";
import { crewTexts } from "../../texts/crew.ts";

/** As many as the city takes of a visit. */
const MOST = 6;

export function Picture({ photo, alt }: { readonly photo: Blob; readonly alt: string }) {
  const [url, setUrl] = useState<string | undefined>();
  useEffect(() => {
    const made = URL.createObjectURL(photo);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [photo]);
  return url === undefined ? null : <img src={url} alt={alt} />;
}

interface Props {
  readonly photos: readonly Blob[];
  readonly onPhotos: (photos: readonly Blob[]) => void;
}

export function Photos({ photos, onPhotos }: Props) {
  const { language } = useTexts();
  const texts = crewTexts[language];
  const [wrong, setWrong] = useState(false);
  const choose = async (input: HTMLInputElement): Promise<void> => {
    const made = await Promise.all([...(input.files ?? [])].map(smaller));
    input.value = "";
    const pictures = made.filter((each) => each !== undefined);
    setWrong(pictures.length < made.length);
    onPhotos([...photos, ...pictures].slice(0, MOST));
  };
  return (
    <fieldset class="crew-photos" data-photos={photos.length}>
      <legend>{texts.photos}</legend>
      <ul>
        {photos.map((photo, index) => (
          <li key={index}>
            <Picture photo={photo} alt={texts.photoAlt(index + 1)} />
            <button type="button" class="plain" aria-label={texts.removePhoto(index + 1)} onClick={() => onPhotos(photos.filter((each) => each !== photo))}>
              ×
            </button>
          </li>
        ))}
      </ul>
      {photos.length < MOST && (
        <label class="button plain">
          {texts.addPhoto}
          <input class="unseen" type="file" accept="image/*" multiple data-action="add-photo" onChange={(event) => void choose(event.currentTarget)} />
        </label>
      )}
      {wrong && (
        <p class="trouble" role="alert">
          {texts.noPicture}
        </p>
      )}
    </fieldset>
  );
}
