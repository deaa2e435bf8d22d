/// The statement that makes `leases` in a service's schema, for that service's first migration.
///
/// # Panics
///
/// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
pub fn leases_ddl(schema: &'static str) -> String {
    assert_plain(schema);
    include_str!("../ddl/leases.sql").replace("{{schema}}", schema)
}

/// The statement that makes `job_schedules` in a service's schema; it needs `leases` there.
///
/// # Panics
///
/// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
pub fn job_schedules_ddl(schema: &'static str) -> String {
    assert_plain(schema);
    include_str!("../ddl/job_schedules.sql").replace("{{schema}}", schema)
}

/// The statement that gives `job_schedules` the codes of results; it needs `job_schedules` there.
///
/// # Panics
///
/// When `schema` is not a plain lower-case name: it is written in the source, never taken from outside.
pub fn job_results_ddl(schema: &'static str) -> String {
    assert_plain(schema);
    include_str!("../ddl/job_results.sql").replace("{{schema}}", schema)
}

pub(crate) fn assert_plain(schema: &str) {
    let plain = schema.starts_with(|first: char| first.is_ascii_lowercase())
        && schema.len() < 64
        && schema
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    assert!(plain, "`{schema}` is not a plain lower-case schema name");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_no_other_gaps() {
        let ddl = leases_ddl("order_sync");
        assert!(ddl.contains("CREATE TABLE order_sync.leases"));
        assert!(!ddl.contains("{{"));
        let ddl = job_schedules_ddl("order_sync");
        assert!(ddl.contains("CREATE TABLE order_sync.job_schedules") && !ddl.contains("{{"));
        let ddl = job_results_ddl("order_sync");
        assert!(ddl.contains("ALTER TABLE order_sync.job_schedules") && !ddl.contains("{{"));
    }

    #[test]
    #[should_panic(expected = "is not a plain lower-case schema name")]
    fn a_name_that_would_change_the_statement_is_refused() {
        leases_ddl("order_sync; DROP SCHEMA order_sync");
    }
}
