"""The only code that speaks SQL: rows become values before they leave."""
