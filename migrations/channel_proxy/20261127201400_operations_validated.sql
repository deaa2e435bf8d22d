-- The checks of the file before, in a transaction of their own: reads and writes go on during the scans.
ALTER TABLE channel_proxy.effect_outcomes VALIDATE CONSTRAINT effect_outcomes_kind_check;
ALTER TABLE channel_proxy.permits VALIDATE CONSTRAINT permits_part_check;
ALTER TABLE channel_proxy.permits VALIDATE CONSTRAINT permits_waiting_check;
