-- How often in a row the channel refused the credentials in use. From the second time on the account rests until a person
-- tests it or puts other credentials to use: a restart must not begin anew with wrong signatures.
ALTER TABLE channel_proxy.channel_accounts
    ADD COLUMN credential_strikes integer NOT NULL DEFAULT 0;
