# Ours: what mice imputes by predictive mean matching, as a distribution over 1,000 imputations.
# Run from tests/reference: Rscript r/own_04_mice.R
suppressPackageStartupMessages({library(mice); library(jsonlite)})
set.seed(20)
n <- 300
x <- rnorm(n); g <- sample(0:2, n, TRUE)
y <- 0.7 * x + 0.4 * (g == 1) + 0.7 * rnorm(n)
z <- 0.5 * y + 0.5 * rnorm(n)
b <- rbinom(n, 1, plogis(1.2 * x))
gone <- function(p) runif(n) < p
y[gone(0.6 * plogis(1.2 * x))] <- NA
z[gone(0.3)] <- NA
b[gone(0.5 * plogis(x))] <- NA
d <- round(data.frame(x, g, y, z, b), 6)
write.csv(d, "data/own_04_mice.csv", row.names = FALSE, na = "")
d$g <- factor(d$g)
f <- d; f$b <- factor(f$b)  # mice's default for a factor with two levels: logistic regression
summarise <- function(data, method) {
  imp <- mice(data, m = 1000, maxit = 5, method = method, printFlag = FALSE, seed = 7)
  stat <- sapply(seq_len(imp$m), function(k) {
    s <- complete(imp, k); s$b <- as.numeric(as.character(s$b))
    c(mean_y = mean(s$y), mean_z = mean(s$z), share_b = mean(s$b),
      sd_y = sd(s$y), slope_yx = unname(coef(lm(y ~ x, s))[2]), slope_zy = unname(coef(lm(z ~ y, s))[2]))
  })
  list(mean = as.list(rowMeans(stat)), variance = as.list(apply(stat, 1, var)))
}
out <- list(topic = "own_04_mice", r = R.version.string, packages = list(mice = as.character(packageVersion("mice"))),
            data = "own_04_mice.csv", note = "Monte Carlo: 1,000 imputations",
            values = list(pmm = summarise(d, c("", "", "pmm", "pmm", "pmm")),
                          logreg = summarise(f, c("", "", "pmm", "pmm", "logreg"))))
write_json(out, "data/own_04_mice.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
