import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Sender } from "../../api/types";
import { toastDone } from "../../components/toast";
import { useLanguage } from "../../i18n/useLanguage";

/** Stores a sender; what is wrong with a field is shown at the field. */
export function usePut<Body>(
  put: (body: Body) => Promise<Sender>,
  showErrors: (errors: Record<string, string>) => void,
  onDone: () => void,
) {
  const { t, fieldErrors } = useLanguage();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: put,
    onSuccess: () => {
      toastDone(t("senders.done"));
      queryClient.invalidateQueries({ queryKey: ["senders"] });
      onDone();
    },
    onError: (error) => showErrors(fieldErrors(error)),
  });
}
