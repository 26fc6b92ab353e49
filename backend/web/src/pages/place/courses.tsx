/** How a place's values went: how full or moist it was, and how a trunk grows. */

import type { Device } from "../../api/types.ts";
import { type Axis, Chart, SHARES, millimetres } from "../../components/chart.tsx";
import { clock, day } from "../../format/time.ts";
import { mainName } from "../../format/value.ts";
import { useTexts } from "../../hooks/language.tsx";
import { placeTexts } from "../../texts/place.ts";
import { treeTexts } from "../../texts/tree.ts";
import type { Spanned } from "./span.ts";
import { useHistory } from "./usePlace.ts";

function Line({ course, name, axis }: { readonly course: Spanned; readonly name: string; readonly axis: Axis }) {
  const { language } = useTexts();
  const label = `${name}, ${placeTexts[language].spans[course.span]}`;
  return <Chart points={course.points} label={label} axis={axis} tick={(time) => (course.span === "week" ? day(time, language) : clock(time, language))} />;
}

function MainCourse({ device }: { readonly device: Device }) {
  const { language, common } = useTexts();
  const texts = placeTexts[language];
  const name = mainName(device.kind);
  const course = useHistory(device, name);
  return (
    <section class="card" data-span={course?.span ?? "none"}>
      <h2>{course === undefined ? texts.history : texts.spans[course.span]}</h2>
      {course === undefined ? (
        <p class="quiet">{texts.noHistory}</p>
      ) : (
        <>
          <p class="quiet">{common.measurements[name]}</p>
          <Line course={course} name={common.measurements[name] ?? name} axis={SHARES} />
        </>
      )}
    </section>
  );
}

/** Nothing for a tree whose trunk nobody measures. */
function Growth({ device }: { readonly device: Device }) {
  const { language } = useTexts();
  const texts = treeTexts[language];
  const course = useHistory(device, "girth");
  if (course === undefined) return null;
  return (
    <section class="card" data-growth={course.span}>
      <h2>{texts.growth}</h2>
      <p class="quiet">{texts.growthLead}</p>
      <Line course={course} name={texts.growth} axis={millimetres(course.points)} />
    </section>
  );
}

export function Courses({ device }: { readonly device: Device }) {
  return (
    <>
      <MainCourse device={device} />
      {device.kind === "tree" && <Growth device={device} />}
    </>
  );
}
