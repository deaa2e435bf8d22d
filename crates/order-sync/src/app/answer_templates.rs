//! The texts that answers begin from: made, replaced, removed.

use moa_id::{AnswerTemplateId, MerchantId, OperatorId};

use super::App;
use crate::Error;
use crate::domain::answer_template::MOST;
use crate::store::answer_templates::{self, AnswerTemplate, NAME_KEY};

/// A template as an operator wrote it.
pub(crate) struct WrittenTemplate {
    /// None: a new one, once for a request.
    pub(crate) id: Option<AnswerTemplateId>,
    pub(crate) request_id: String,
    pub(crate) name: String,
    pub(crate) text: String,
    /// Of one that is replaced: the version that its writer read; none: whichever it has.
    pub(crate) expected_version: Option<i64>,
    /// None: not told.
    pub(crate) operator_id: Option<OperatorId>,
}

impl App {
    /// Every template, by name.
    pub(crate) async fn list_answer_templates(
        &self,
        merchant_id: MerchantId,
    ) -> Result<Vec<AnswerTemplate>, Error> {
        let mut conn = self.pool.acquire().await?;
        answer_templates::list(&mut conn, merchant_id).await
    }

    /// Makes a template, or replaces one.
    #[tracing::instrument(name = "order_sync.put_answer_template", skip_all)]
    pub(crate) async fn put_answer_template(
        &self,
        merchant_id: MerchantId,
        written: WrittenTemplate,
    ) -> Result<AnswerTemplate, Error> {
        let template = AnswerTemplate {
            id: written.id.unwrap_or_else(|| self.ids.next()),
            name: written.name,
            text: written.text,
            updated_at: self.clock.now(),
            version: 1,
            updated_by: written.operator_id,
        };
        let expected = written.expected_version;
        let stored = match written.id {
            Some(_) => self.replace(merchant_id, template.clone(), expected).await,
            None => {
                self.make(merchant_id, &written.request_id, template.clone())
                    .await
            }
        };
        stored.map_err(|error| name_taken(error, template.name))
    }

    /// Removes a template. Does nothing when there is none.
    #[tracing::instrument(name = "order_sync.delete_answer_template", skip_all)]
    pub(crate) async fn delete_answer_template(
        &self,
        merchant_id: MerchantId,
        id: AnswerTemplateId,
    ) -> Result<(), Error> {
        let mut conn = self.pool.acquire().await?;
        answer_templates::delete(&mut conn, merchant_id, id).await
    }

    async fn replace(
        &self,
        merchant_id: MerchantId,
        template: AnswerTemplate,
        expected: Option<i64>,
    ) -> Result<AnswerTemplate, Error> {
        let mut conn = self.pool.acquire().await?;
        let version = answer_templates::update(&mut conn, merchant_id, &template, expected).await?;
        if let Some(version) = version {
            return Ok(AnswerTemplate {
                version,
                ..template
            });
        }
        let stored = answer_templates::get(&mut conn, merchant_id, template.id).await?;
        let stored = stored.ok_or(Error::TemplateNotFound(template.id))?;
        if is_the_same_again(&stored, &template, expected) {
            return Ok(stored);
        }
        Err(Error::TemplateChanged {
            version: stored.version,
            updated_by: stored.updated_by,
            updated_at: stored.updated_at,
        })
    }

    async fn make(
        &self,
        merchant_id: MerchantId,
        request_id: &str,
        template: AnswerTemplate,
    ) -> Result<AnswerTemplate, Error> {
        let mut tx = moa_service::begin(&self.pool).await?;
        let id = answer_templates::insert(&mut tx, merchant_id, request_id, &template).await?;
        if id != template.id {
            // The same request made it before; what it is by now is the answer.
            let first = answer_templates::get(&mut tx, merchant_id, id).await?;
            return first.ok_or(Error::TemplateNotFound(id));
        }
        // Two at once may both pass at the bound; one more hurts nobody.
        if answer_templates::count(&mut tx, merchant_id).await? > MOST {
            return Err(Error::TemplatesTooMany(MOST));
        }
        tx.commit().await?;
        Ok(template)
    }
}

/// Whether the change was made already and only its answer was lost.
fn is_the_same_again(
    stored: &AnswerTemplate,
    wanted: &AnswerTemplate,
    expected: Option<i64>,
) -> bool {
    let next = expected.and_then(|version| version.checked_add(1));
    Some(stored.version) == next
        && stored.updated_by == wanted.updated_by
        && (&stored.name, &stored.text) == (&wanted.name, &wanted.text)
}

fn name_taken(error: Error, name: String) -> Error {
    match &error {
        Error::Database(sqlx::Error::Database(refused))
            if refused.constraint() == Some(NAME_KEY) =>
        {
            Error::TemplateNameTaken(name)
        }
        _ => error,
    }
}
