import { createRoute } from "@tanstack/react-router";
import { InquiriesPage } from "../features/inquiries/InquiriesPage";
import { texts } from "./search";
import { shellRoute } from "./shell";

export const inquiriesRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: "/inquiries",
  validateSearch: (search: Record<string, unknown>) =>
    texts(search, "show", "channel", "order_id", "open"),
  component: InquiriesPage,
});
