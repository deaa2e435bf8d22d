import { createRoute } from "@tanstack/react-router";
import { EffectsPage } from "../features/effects/EffectsPage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const effectsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/effects",
  validateSearch: (search: Record<string, unknown>) => texts(search, "state", "kind"),
  component: EffectsPage,
});
