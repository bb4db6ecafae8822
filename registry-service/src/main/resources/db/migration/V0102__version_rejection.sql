-- Why a version must not be served although its files may be right; NULL if it may.
ALTER TABLE model_version ADD COLUMN rejection text;
