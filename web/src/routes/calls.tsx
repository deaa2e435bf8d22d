import { createRoute } from "@tanstack/react-router";
import { CallsPage } from "../features/calls/CallsPage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const callsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/calls",
  validateSearch: (search: Record<string, unknown>) =>
    texts(search, "account", "about", "api", "failed", "period"),
  component: CallsPage,
});
