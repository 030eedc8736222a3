"""The refusal that every part of the marketplace raises."""


class Refused(Exception):
    """Refusal of a request; nothing has changed. `code` is that of a V1 envelope (API §2)."""

    def __init__(self, text: str, status: int = 400, code: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.status = status
        self.code = code or ("not_found" if status == 404 else "invalid_request")
