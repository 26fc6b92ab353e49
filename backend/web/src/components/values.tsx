/** Measured values, large or as a list. */

import type { Value } from "../api/types.ts";
import { nameOf, show } from "../format/value.ts";
import { useTexts } from "../hooks/language.tsx";

export function Quantity({ value }: { readonly value: Value }) {
  const { common } = useTexts();
  const { number, unit } = show(value, common);
  return (
    <span class="quantity" data-value-name={value.name} data-value={value.text}>
      {number}
      {unit !== "" && <span class="unit">{unit}</span>}
    </span>
  );
}

export function ValueList({ values }: { readonly values: readonly Value[] }) {
  const { common } = useTexts();
  return (
    <dl class="values">
      {values.map((value) => (
        <div key={value.name}>
          <dt>{nameOf(value, common)}</dt>
          <dd>
            <Quantity value={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
