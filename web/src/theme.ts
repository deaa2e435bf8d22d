import { Alert, createTheme, Drawer, type MantineColorsTuple, Modal } from "@mantine/core";

const moa: MantineColorsTuple = [
  "#e6f8fb",
  "#d5edf2",
  "#abdae3",
  "#7dc6d4",
  "#59b5c7",
  "#42abbf",
  "#2f9cb2",
  "#0b7285",
  "#0a6778",
  "#04525f",
];

// Digits and Latin from Inter, Hangul from the machine: every Korean desktop has one of these.
const FONTS =
  '"Moa Latin", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", "Nanum Gothic", sans-serif';

export const theme = createTheme({
  fontFamily: FONTS,
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "D2Coding", monospace',
  headings: { fontFamily: FONTS, fontWeight: "700" },
  colors: { moa },
  primaryColor: "moa",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    // Calmer than the library's: an order may show several at once.
    Alert: Alert.extend({
      styles: {
        root: {
          backgroundColor: "color-mix(in srgb, var(--alert-bg) 50%, var(--mantine-color-body))",
        },
      },
    }),
    Modal: Modal.extend({ styles: { title: { fontWeight: 700 } } }),
    Drawer: Drawer.extend({ styles: { title: { fontWeight: 700 } } }),
  },
});
