import { start } from "../place/start.tsx";

start("bin");
