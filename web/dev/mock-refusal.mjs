export class Refusal extends Error {
  constructor(status, reason, title, detail, fields = []) {
    super(reason);
    this.body = {
      type: `urn:moa:problem:${reason}`,
      title,
      status,
      detail,
      reason,
      fields,
      request_id: "01HX7",
    };
  }
}
