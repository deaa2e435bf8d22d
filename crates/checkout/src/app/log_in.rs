use moa_id::MerchantId;

use crate::app::{App, CustomerSession};
use crate::domain::customer::Email;
use crate::error::Error;
use crate::store::customers;

impl App {
    /// Opens a session for the right password. What is wrong is not told, and wrong ones cost more and more time.
    ///
    /// A try counts as a failure before its password is looked at, so that guesses at the same moment count too; the
    /// right password takes it back.
    #[tracing::instrument(name = "checkout.log_in", skip_all)]
    pub(crate) async fn log_in(
        &self,
        merchant_id: MerchantId,
        email: &str,
        password: &str,
    ) -> Result<CustomerSession, Error> {
        let email = Email::parse(email).map_err(|_| Error::CredentialsRefused)?;
        let index = self.email_index(merchant_id, &email);
        let now = self.clock.now();

        let mut tx = moa_service::begin(&self.db).await?;
        let before = customers::count_failure(&mut tx, merchant_id, &index, now).await?;
        if let Some(wait) = before.wait(now) {
            // Not committed: a try that was not heard lengthens no pause.
            return Err(Error::LoginThrottled {
                retry_after_s: wait.num_seconds() + 1,
            });
        }
        customers::date_failure(&mut tx, merchant_id, &index, now).await?;
        let known = customers::get_by_email(&mut tx, merchant_id, &index).await?;
        tx.commit().await?;

        let (customer_id, stored) = known.unzip();
        let fits = self.hashing.verify(password, stored).await?;
        let Some(customer_id) = customer_id.filter(|_| fits) else {
            return Err(Error::CredentialsRefused);
        };
        let mut tx = moa_service::begin(&self.db).await?;
        customers::forget_failures(&mut tx, merchant_id, &index).await?;
        let session = self.open_session(&mut tx, merchant_id, customer_id).await?;
        tx.commit().await?;
        Ok(session)
    }
}
