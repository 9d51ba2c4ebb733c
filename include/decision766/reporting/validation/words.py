"""Words of the validation reports for coded values: Vietnamese, English, and how they look."""

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str, str]]

ORIGIN: Words = {
    "synthetic": (
        "DỮ LIỆU MÔ PHỎNG: không phải số liệu của cơ quan có thật",
        "SYNTHETIC DATA, not a real agency's figures",
        "",
    ),
    "recorded": (
        "SỐ LIỆU ĐÃ GHI LẠI: bản chụp từ Cổng Dịch vụ công quốc gia, không phải số liệu trực tiếp",
        "RECORDED DATA, as the national portal published it, not live",
        "",
    ),
}
ORIGIN_SHORT: Words = {
    "synthetic": ("mô phỏng", "synthetic", "bad"),
    "recorded": ("ghi lại", "recorded", "warn"),
    "live": ("trực tiếp", "live", "good"),
}
RUN: Words = {
    "accepted": ("Lô được chấp nhận", "Batch accepted", "good"),
    "blocked": ("Lô bị chặn", "Batch blocked", "bad"),
}
BATCH: Words = {
    "accepted": ("được chấp nhận", "accepted", "good"),
    "blocked": ("bị chặn", "blocked", "bad"),
    "loaded": ("đã nạp, chưa kiểm tra", "loaded, not judged", "warn"),
}
RESULT: Words = {
    "passed": ("đạt", "passed", "good"),
    "failed": ("không đạt", "failed", "bad"),
    "skipped": ("bỏ qua", "left out", "quiet"),
}
SEVERITY: Words = {
    "block": ("chặn lô", "blocks the batch", ""),
    "quarantine": ("cách ly dòng", "quarantines the row", ""),
    "warn": ("cảnh báo", "warns", ""),
}
STATE: Words = {
    "open": ("đang cách ly", "open", "warn"),
    "replayed": ("đã nạp lại", "replayed", "good"),
    "waived": ("được miễn", "waived", "quiet"),
}
STATUS: Words = {
    "loaded": ("đã nạp", "loaded", "good"),
    "unchanged": ("không đổi", "unchanged", "good"),
    "failed": ("lỗi", "failed", "bad"),
    "blocked": ("bị chặn", "blocked", "bad"),
}
SIGNOFF: Words = {
    "accepted": ("đã chấp nhận", "accepted", "good"),
    "rejected": ("không chấp nhận", "rejected", "bad"),
}
