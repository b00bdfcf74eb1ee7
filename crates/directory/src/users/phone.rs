//! Phone numbers in the one form in which they are stored and compared.

use soleira_core::{Code, Error, Result};

/// A phone number as it is stored: the digits of its international form, without the national trunk prefix (`0` in
/// much of the world) that people often leave in. Italian numbers keep the zero that is theirs.
///
/// # Errors
/// 422 `user.invalid_phone` for what is no phone number.
pub fn normalize_phone(digits: &str) -> Result<String> {
    let number = phonenumber::parse(None, format!("+{digits}")).map_err(|_| Error::new(Code::UserInvalidPhone))?;
    let national = number.national();
    let zeros = "0".repeat(usize::from(national.zeros()));
    Ok(format!("{}{zeros}{}", number.code().value(), national.value()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trunk_prefix_is_left_out() {
        assert_eq!(normalize_phone("5511912345678").unwrap(), "5511912345678");
        assert_eq!(normalize_phone("490301234567").unwrap(), "49301234567");
        assert_eq!(
            normalize_phone("61412345678").unwrap(),
            normalize_phone("610412345678").unwrap()
        );
    }

    #[test]
    fn italian_numbers_keep_their_zero() {
        assert_eq!(normalize_phone("390236618300").unwrap(), "390236618300");
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for bad in ["", "0", "1", "999999999999999999999"] {
            assert_eq!(
                normalize_phone(bad).unwrap_err().code(),
                Code::UserInvalidPhone,
                "{bad}"
            );
        }
    }
}
