/** For `due=true`, the soonest deadline first and rows without one last; otherwise as they are. */
export function byDeadline(query, rows, deadline) {
  if (query.get("due") !== "true") return rows;
  const key = (row) => deadline(row) ?? "9";
  return rows.toSorted((a, b) => key(a).localeCompare(key(b)));
}
