import { createRoute } from "@tanstack/react-router";
import { Shell } from "../features/session/Shell";
import { rootRoute } from "./root";

/** Everything behind the log-in. */
export const shellRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: "shell",
  component: Shell,
});
