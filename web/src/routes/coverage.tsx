import { createRoute } from "@tanstack/react-router";
import { CoveragePage } from "../features/coverage/CoveragePage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const coverageRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/coverage",
  validateSearch: (search: Record<string, unknown>) => texts(search, "account", "order", "at"),
  component: CoveragePage,
});
