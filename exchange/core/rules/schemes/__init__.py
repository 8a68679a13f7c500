"""Rules of one scheme each: what its particulars must say beside every attestation's rules."""
