export class Refusal extends Error {
  constructor(status, reason, title, detail, fields = [], metadata = {}) {
    super(reason);
    this.body = {
      type: `urn:moa:problem:${reason}`,
      title,
      status,
      detail,
      reason,
      fields,
      metadata,
      request_id: "01HX7",
    };
  }
}
