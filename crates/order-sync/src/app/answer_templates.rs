//! The texts that answers begin from: made, replaced, removed.

use moa_id::{AnswerTemplateId, MerchantId};

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
        };
        let stored = match written.id {
            Some(_) => self.replace(merchant_id, template.clone()).await,
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
    ) -> Result<AnswerTemplate, Error> {
        let mut conn = self.pool.acquire().await?;
        if answer_templates::update(&mut conn, merchant_id, &template).await? {
            return Ok(template);
        }
        Err(Error::TemplateNotFound(template.id))
    }

    async fn make(
        &self,
        merchant_id: MerchantId,
        request_id: &str,
        template: AnswerTemplate,
    ) -> Result<AnswerTemplate, Error> {
        let mut tx = self.pool.begin().await?;
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
