/** Pictures of a level between 0 and 1: a bin that fills, a drop for the soil's moisture. */

import { useId } from "preact/hooks";

const BIN_TOP = 14;
const BIN_BOTTOM = 60;
const DROP_TOP = 4;
const DROP_BOTTOM = 60;

interface LevelProps {
  readonly kind: string;
  readonly share: number | undefined;
}

const SHAPES = {
  bin: { outline: "M8 14h32l-3.4 42a4 4 0 0 1-4 3.7H15.4a4 4 0 0 1-4-3.7Z", top: BIN_TOP, bottom: BIN_BOTTOM },
  tree: { outline: "M24 4C32 15 41 26 41 41a17 19 0 0 1-34 0C7 26 16 15 24 4Z", top: DROP_TOP, bottom: DROP_BOTTOM },
} as const;

/** Nothing for other kinds. */
export function Level({ kind, share }: LevelProps) {
  const id = useId();
  if (kind !== "bin" && kind !== "tree") return null;
  const shape = SHAPES[kind];
  const height = (shape.bottom - shape.top) * (share ?? 0);
  return (
    <svg class={`level level-${kind}`} viewBox="0 0 48 64" aria-hidden="true">
      <clipPath id={id}>
        <path d={shape.outline} />
      </clipPath>
      <path class="level-empty" d={shape.outline} />
      <rect class="level-fill" clip-path={`url(#${id})`} x="0" y={shape.bottom - height} width="48" height={height} />
      <path class="level-outline" d={shape.outline} />
      {kind !== "tree" && <path class="level-outline" d="M5 10h38M18 9V6a2 2 0 0 1 2-2h8a2 2 0 0 1 2 2v3" />}
    </svg>
  );
}
