use moa_id::{CustomerId, DataKeyId, MerchantId};
use moa_vault::Aad;

use crate::app::{App, CustomerSession};
use crate::domain::customer::{Email, check_new_password};
use crate::error::Error;
use crate::store::customers::{self, NewCustomer};

impl App {
    /// Makes a customer account and logs in.
    #[tracing::instrument(name = "checkout.register_customer", skip_all)]
    pub(crate) async fn register_customer(
        &self,
        merchant_id: MerchantId,
        email: &str,
        password: &str,
    ) -> Result<CustomerSession, Error> {
        let email = Email::parse(email)?;
        check_new_password(password)?;
        let password_hash = self.hashing.hash(password).await?;
        let customer_id: CustomerId = self.ids.next();
        let data_key_id: DataKeyId = self.ids.next();

        let mut tx = moa_service::begin(&self.db).await?;
        let keys = self
            .vault
            .create_data_keys(&mut tx, merchant_id, &[data_key_id])
            .await?;
        let key = keys.get(&data_key_id).ok_or(Error::DataKeyMissing)?;
        let aad = Aad {
            merchant_id,
            table: "customers",
            column: "email_sealed",
            row: customer_id.as_uuid(),
        };
        let customer = NewCustomer {
            customer_id,
            email_index: self.email_index(merchant_id, &email),
            email_sealed: key.seal(&aad, email.as_str().as_bytes()),
            data_key_id,
            password_hash,
        };
        customers::insert(&mut tx, merchant_id, &customer, self.clock.now()).await?;
        let session = self.open_session(&mut tx, merchant_id, customer_id).await?;
        tx.commit().await?;
        Ok(session)
    }

    pub(crate) fn email_index(&self, merchant_id: MerchantId, email: &Email) -> [u8; 32] {
        self.key_ring
            .blind_index(merchant_id, "email", email.as_str())
    }
}
