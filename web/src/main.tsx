import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app.css";
import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { setSessionLostHandler } from "./api/client";
import { ApiError } from "./api/problem";
import { sessionQuery } from "./api/queries";
import { startI18n } from "./i18n";
import { router } from "./router";
import { theme } from "./theme";

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // A refusal stays a refusal; only a failed connection is tried again.
      retry: (count, error) => count < 2 && error instanceof ApiError && error.outcomeUnknown,
    },
  },
});

setSessionLostHandler(() => queryClient.setQueryData(sessionQuery.queryKey, null));

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");

startI18n().then(() => {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto">
        <QueryClientProvider client={queryClient}>
          <ModalsProvider>
            <Notifications position="top-right" />
            <RouterProvider router={router} />
          </ModalsProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
});
