import { notifications } from "@mantine/notifications";

export function toastDone(message: string) {
  notifications.show({ message, color: "teal" });
}

export function toastFailed(title: string, message: string) {
  notifications.show({ title, message, color: "red", autoClose: 10_000 });
}
