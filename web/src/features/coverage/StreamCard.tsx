import { Fact } from "../../components/Fact";
import { When } from "../../components/When";
import { useLanguage } from "../../i18n/useLanguage";
import { Failure, Gaps, Late, StreamName, type StreamProps, Watermark } from "./StreamFacts";

/** One list where a table would squeeze its columns. */
export function StreamCard({ stream, pace }: StreamProps) {
  const { t } = useLanguage();
  return (
    <li>
      <div>
        <StreamName stream={stream} pace={pace} />
      </div>
      <Fact label={t("coverage.watermark")}>
        <Watermark stream={stream} />
      </Fact>
      <Fact label={t("coverage.gaps")}>
        <Gaps stream={stream} />
      </Fact>
      <Fact label={t("coverage.late")}>
        <Late stream={stream} />
      </Fact>
      <Fact label={t("coverage.lastSuccess")}>
        <When at={stream.last_success_at} relative size="sm" />
      </Fact>
      <Fact label={t("coverage.lastFailure")}>
        <Failure stream={stream} />
      </Fact>
    </li>
  );
}
