# Every question of this export, and p adjusted over all of them as agreed.
# Run: Rscript all_questions.R

here <- local({
  file <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
  normalizePath(if (length(file)) dirname(file[1]) else ".")
})
source(file.path(here, "evaluatie.R"))

# 1. Run the script of each question, and keep its contrast at the verdict wave.
verdicts <- read_table(here, "verdicts")
folders <- file.path(here, "questions", verdicts$question)
answers <- list()
agrees <- TRUE
for (folder in folders[dir.exists(folders)]) {
  options(evaluatie.folder = folder)
  answer <- new.env(parent = globalenv())
  sys.source(file.path(folder, "analysis.R"), envir = answer)
  answers[[basename(folder)]] <- answer
  agrees <- agrees && answer$agrees
}
options(evaluatie.folder = NULL)

# 2. Adjust: primary questions in their fixed sequence, secondary ones by step-down max-T.
number_of <- function(name, quantity) {
  rows <- answers[[name]]$verdict$rows
  found <- rows$r[rows$quantity == quantity]
  if (length(found)) found else NA_real_ # no estimate, or no verdict
}
verdicts$p <- vapply(verdicts$question, number_of, 0, quantity = "p_value")
verdicts$floor <- vapply(verdicts$question, number_of, 0, quantity = "p_attainable")
verdicts$estimate <- vapply(verdicts$question, number_of, 0, quantity = "contrast")
verdicts$adjusted <- NA_real_
tested <- is.na(verdicts$downgraded) # a question without a verdict takes no part

primary <- verdicts[verdicts$role == "primary" & tested, ]
primary <- primary[order(primary$place), ]
wrong_way <- primary$type == "superiority" & primary$estimate * primary$favourable < 0
primary$adjusted <- fixed_sequence(primary$p, wrong_way)
primary$floor <- cummax(ifelse(is.na(primary$floor), 0, primary$floor))

secondary <- verdicts[verdicts$role == "secondary" & tested & !is.na(verdicts$p), ]
if (nrow(secondary)) {
  answered <- answers[secondary$question]
  statistics <- do.call(rbind, lapply(answered, function(a) abs(a$verdict$statistics)))
  # every assignment in turn as the one that took place: what these data could have shown
  every <- vapply(seq_len(ncol(statistics)), function(k) stepdown_max_t(statistics, k),
                  numeric(nrow(statistics)))
  every <- matrix(every, nrow = nrow(statistics))
  # the p of one question alone is doubled from one tail; the adjusted one is never below it
  secondary$adjusted <- pmax(every[, answered[[1]]$verdict$observed], secondary$p)
  secondary$floor <- pmax(apply(every, 1, min), secondary$floor)
}
both <- rbind(primary, secondary)

# 3. Questions that combine others: the largest p of their parts (intersection-union); a superiority
#    question whose estimate is unfavourable counts as 1.
combined <- verdicts[verdicts$role == "combined", ]
for (k in seq_len(nrow(combined))) {
  parts <- both[match(strsplit(combined$combines[k], " ", fixed = TRUE)[[1]], both$question), ]
  against <- parts$type == "superiority" & parts$estimate * parts$favourable <= 0
  against[is.na(against)] <- FALSE
  combined$p[k] <- max(ifelse(against & !is.na(parts$p), 1, parts$p))
  combined$adjusted[k] <- max(ifelse(against & !is.na(parts$adjusted), 1, parts$adjusted))
  combined$floor[k] <- max(parts$floor)
}
both <- rbind(both, combined)

# 4. Side by side.
both <- both[!is.na(both$p_adjusted) | !is.na(both$adjusted), ]
ours <- function(name) data.frame(quantity = name, wave = NA, area = both$question, value = both[[name]])
found <- rbind(result("p_value", both$p, area = both$question),
               result("p_adjusted", both$adjusted, area = both$question),
               result("p_attainable", both$floor, area = both$question))
expected <- rbind(ours("p_value"), ours("p_adjusted"), ours("p_attainable"))
agrees <- finish(compare(found, expected), "All questions together (area: the question)") && agrees
if (!agrees) quit(save = "no", status = 1)
