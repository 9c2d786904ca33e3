-- Made when a run ends, so that writing does not pay for them.  IF NOT EXISTS: a later run appends.

CREATE INDEX IF NOT EXISTS exchanges_by_client ON exchange (client, time_ns);
CREATE INDEX IF NOT EXISTS redirect_by_exchange ON redirect (exchange_id);
CREATE INDEX IF NOT EXISTS redirect_by_followup ON redirect (followup_exchange_id)
    WHERE followup_exchange_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS redirect_by_time ON redirect (time_ns);
CREATE INDEX IF NOT EXISTS findings_by_rule ON finding (rule, time_ns);
CREATE INDEX IF NOT EXISTS findings_by_severity ON finding (severity, time_ns);
CREATE INDEX IF NOT EXISTS findings_by_exchange ON finding (exchange_id);
